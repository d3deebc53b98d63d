-- 0050_query_words.sql: the query of a page's address, read behind its usual escapes, so that a person whom a
-- saved search names is found in it.
create function app.query_words(query text) returns text
language sql immutable strict parallel safe set search_path = pg_catalog, pg_temp
return replace(replace(replace(replace(query, '+', ' '), '%20', ' '), '%40', '@'), '%2B', '+');
grant execute on function app.query_words(text) to app_read, app_write;
