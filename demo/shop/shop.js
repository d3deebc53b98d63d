// What a client's website does: report the lead by the tracking script, and let its own server report the purchase.
'use strict';
const say = (id, text) => { document.getElementById(id).textContent = text; };
const email = document.getElementById('email');
email.value = `visitor-${Date.now().toString(36)}@client.example`;

document.getElementById('join').addEventListener('submit', (event) => {
  event.preventDefault();
  window.tandem = window.tandem || [];
  window.tandem.push((t) => t.lead({ email: email.value, name: 'Demo visitor' })
    .then(() => say('joined', 'Signed up. The lead is in the console.'))
    .catch((error) => say('joined', `This did not work: ${error.code || error.message}`)));
});

document.getElementById('goods').addEventListener('click', async (event) => {
  const product = event.target.dataset && event.target.dataset.product;
  if (!product) return;
  const answer = await fetch('/purchases', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: email.value, product }),
  });
  say('bought', answer.ok ? `Bought the ${product}. The sale is in the console.` : 'This did not work: sign up first.');
});
