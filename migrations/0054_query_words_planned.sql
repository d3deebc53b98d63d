-- 0054_query_words_planned.sql: in PL/pgSQL, as every function with arguments: one in SQL is not sent to the workers of
-- Citus.
create or replace function app.query_words(query text) returns text
language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return replace(replace(replace(replace(query, '+', ' '), '%20', ' '), '%40', '@'), '%2B', '+');
end $$;
