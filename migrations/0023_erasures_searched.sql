-- 0023_erasures_searched.sql: what visits and the events of billing systems say of a person who was erased is blanked,
-- too. Ids, hashes and amounts stay.

-- What others sent is searched by a job, which needs the words to search for: sealed for this row until it has ended.
alter table app.erasures
  add column sealed bytea,
  add column searched_at timestamptz;
alter table app.erasures add constraint erasures_blanked check (sealed is null or searched_at is null);
call app.allow_update('app.erasures', 'app_write', array['erased_at', 'erased_by', 'sealed', 'searched_at']);

drop trigger guard_app_write on app.inbound_events;
call app.allow_update('app.inbound_events', 'app_write',
  array['state', 'attempts', 'error', 'processed_at', 'raw', 'headers']);

-- A visit never changes but for this: what tells of the person goes, and never comes back.
create function app.visit_blanked() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' or new.landing_url is not null or new.referrer is not null or new.user_agent is not null
     or new.ip is not null
     or to_jsonb(old) - array['landing_url', 'referrer', 'user_agent', 'ip']
        <> to_jsonb(new) - array['landing_url', 'referrer', 'user_agent', 'ip'] then
    raise exception '% of a frozen row', tg_op using errcode = 'P0409';
  end if;
  return new;
end $$;
drop trigger frozen on app.visits;
create trigger blanked before update or delete on app.visits for each row execute function app.visit_blanked();
update app.table_kinds set frozen = false where table_name = 'visits';
call app.allow_update('app.visits', 'app_write', array['landing_url', 'referrer', 'user_agent', 'ip']);
call app.allow_update('app.visits', 'app_write', array[]::text[], 'partner');
