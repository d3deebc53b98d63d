-- 0036_erased_conversions.sql: what callers wrote beside a conversion goes with the person whom it tells of. What money
-- hangs on (amounts, product, plan, country, dates, ids) stays as it was.
create function app.conversion_blanked() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or new.metadata <> '{}'
     or to_jsonb(old) - array['metadata'] <> to_jsonb(new) - array['metadata'] then
    raise exception '% of a frozen row', tg_op using errcode = 'P0409';
  end if;
  return new;
end $$;
drop trigger frozen on app.conversions;
create trigger blanked before update or delete on app.conversions
  for each row execute function app.conversion_blanked();
update app.table_kinds set frozen = false where table_name = 'conversions';
call app.allow_update('app.conversions', 'app_write', array['metadata']);
call app.allow_update('app.conversions', 'app_write', array[]::text[], 'partner');
