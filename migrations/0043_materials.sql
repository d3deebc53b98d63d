-- 0043_materials.sql: what an organization gives its partners to sell with: texts, addresses, logos, banners.

create table app.materials (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  name text not null,
  body text,                       -- of a text; {link}, {coupon} and {partner} stand for what is the reader's own
  destination text,                -- of a link: the page that each partner leads to with its own code
  content_type text,               -- of a picture, once it has its file
  size int,                        -- bytes
  content bytea,                   -- made anew from what was sent; for everybody's eyes, so not sealed
  deal_ids uuid[],                 -- whose partners see it; null: all do
  partner_ids uuid[],              -- the partners of those deals, for the wall: a deal never changes hands
  state text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint materials_pk primary key (organization_id, id),
  constraint materials_kind check (kind in ('text', 'link', 'logo', 'banner')),
  constraint materials_state check (state in ('active', 'archived')),
  constraint materials_text check ((kind = 'text') = (body is not null)),
  constraint materials_link check ((kind = 'link') = (destination is not null)),
  constraint materials_picture check (content is null or kind in ('logo', 'banner')),
  constraint materials_file check (num_nulls(content_type, size, content) in (0, 3)),
  constraint materials_type check (content_type in ('image/jpeg', 'image/png')),
  constraint materials_size check (size between 1 and 33554432),
  constraint materials_deals check ((deal_ids is null) = (partner_ids is null)
    and cardinality(deal_ids) between 1 and 100)
);
select app.scale_distribute('app.materials');
alter table app.materials add constraint materials_organization_fk
  foreign key (organization_id) references app.organizations;
create index materials_created on app.materials (organization_id, created_at, id);
create index materials_name on app.materials (organization_id, name, id);
call app.wall('app.materials');
-- A partner reads what is meant for it and is there to be used.
call app.add_policy('app.materials', 'partners', 'select', 'app_read, app_write, app_money',
  '{actor_kind} = ''partner'' and state = ''active'' and (kind in (''text'', ''link'') or content is not null)
   and (partner_ids is null or {partner} = any (partner_ids))');
create trigger touch before update on app.materials for each row execute function app.touch();
grant select on app.materials to app_read, app_write;
grant insert on app.materials to app_write;
call app.allow_update('app.materials', 'app_write',
  array['name', 'body', 'destination', 'content_type', 'size', 'content', 'deal_ids', 'partner_ids', 'state']);
