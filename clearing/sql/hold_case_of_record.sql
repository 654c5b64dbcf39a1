-- All items of the case of this record, held as whoever works on one of them holds them.
select exception_id from ledger.exception
 where exception_id in (select y.exception_id
                          from clearing.records_of_case($1, $2) as o
                          join ledger.exception y on y.subject = format('clearing %s/%s', o.file_id, o.position))
 order by exception_id for update
