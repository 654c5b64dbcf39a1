insert into clearing.refusal (actor, name, sha256, reason, place, kind) values ($1, $2, $3, $4, nullif($5, ''), 'bank_statement')
