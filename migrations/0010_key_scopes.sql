-- 0010_key_scopes.sql: what a key may do. Permissions by their names ("links.read"); null: all that its side may.

alter table app.api_keys add column scopes text[];
alter table app.api_keys add constraint api_keys_scopes check (cardinality(scopes) between 1 and 64);
