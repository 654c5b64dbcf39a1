select update_id, link, listing, update_code, state, attempts, result, made_at, ended_at
  from report.file_update where card_id = $1 order by update_id desc limit $2
