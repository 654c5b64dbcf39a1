-- Records of a date, in a piece of a file, that are settled by another amount than is booked, in the same asset: those where it was a rounding
-- ($5 minor units at most), and those where the difference is not booked beside the record (refused by the books, or of an earlier release).
-- Positive where the network takes.
select r.file_id, r.position, r.posted_asset as asset, case when r.is_debit then r.posted_amount else -r.posted_amount end as booked,
       case when r.is_debit then r.settled_amount else -r.settled_amount end as settled, b.is_booked
  from report.clearing_record r
 cross join lateral (select exists (select from clearing.booking d where d.file_id = r.file_id and d.position = r.position
                                       and d.kind = 'difference' and d.status <> 'unbookable') as is_booked) as b
 where r.file_id = $2 and r.position between $3 and $4 and r.business_date = $1 and r.status in ('posted', 'suspense')
   and r.settled_asset = r.posted_asset and r.settled_amount <> r.posted_amount
   and (not b.is_booked or abs(r.settled_amount - r.posted_amount) <= $5::bigint)
 order by r.file_id, r.position
