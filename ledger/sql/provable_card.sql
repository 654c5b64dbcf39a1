-- The oldest card of whose number no more than six digits are hidden: few enough to try them all.
select pan_token, pan_masked from ledger.card where pan_masked ~ '^[0-9]{6}[*]{2,6}[0-9]{4}$' order by card_id limit 1
