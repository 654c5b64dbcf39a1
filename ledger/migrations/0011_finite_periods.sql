-- A period lies in the days that a seal's text can count: drivers send the first day of the calendar as -infinity. Not validated,
-- so that books that have such a row already can be migrated; the proof of the seals can read it.
alter table ledger.period add constraint period_is_countable
    check (isfinite(starts) and isfinite(ends) and starts >= date '1970-01-01') not valid;
alter table ledger.period_seal add constraint period_seal_is_countable
    check (isfinite(starts) and isfinite(ends) and starts >= date '1970-01-01') not valid;
