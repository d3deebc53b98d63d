-- The logo is a picture that the organization sends (0052); an address of one was a setting that nothing read.
update app.organizations set settings = settings - 'brand_logo_url' where settings ? 'brand_logo_url';
