-- What the database did not yet refuse by itself: postings on a closed day, of an account that is not there or in another
-- asset than its own, and held sums below nothing.

-- Of customers only, who all have a floor: a hold made by one writer may be given back by another, so a single stripe of the
-- holds contra may well be below nothing; the sum of its stripes is what holds.
alter table ledger.balance add constraint balance_holds check (floor is null or holds >= 0);
