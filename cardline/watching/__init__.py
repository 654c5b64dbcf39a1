"""What operations look at: `top`, `doctor`, the dashboards."""
