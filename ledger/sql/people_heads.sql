-- The last line of the audit and the last seal of a period, as a seal says them.
(select format('audit|%s|%s', audit_id, encode(hash, 'hex')) as line from ledger.audit order by audit_id desc limit 1)
union all
(select format('period|%s|%s', seal, encode(hash, 'hex')) from ledger.period_seal order by seal desc limit 1)
