-- What the writer cannot work without and may not do: a restored dump may have left the grants out.
select array_agg(privilege || ' on ' || name order by name)
  from (values ('insert', 'ledger.journal'), ('insert', 'ledger.posting'), ('insert', 'ledger.outcome'), ('insert', 'ledger.batch'),
               ('select', 'ledger.card'), ('select', 'ledger.account')) as needed (privilege, name)
 where not has_table_privilege('cardline_writer', name, privilege)
