-- Number, side and holder are not among what may change (chart_table refuses that before).
insert into ledger.chart as c (role, number, name, type, normal_side, holder, parent, floor) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (role) do update set name = excluded.name, type = excluded.type, parent = excluded.parent, floor = excluded.floor
 where (c.name, c.type, c.parent, c.floor) is distinct from (excluded.name, excluded.type, excluded.parent, excluded.floor)
returning 1
