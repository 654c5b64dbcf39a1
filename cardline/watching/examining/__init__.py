"""Where `doctor` looks: Postgres, Redis, the settings with their files, the machine. Each gives facts and no opinion."""
