// What a browser adds to the search: where somebody is, and a selection kept from page to page.
// Without it every page works the same: the town is typed, and the selection is of one page.
'use strict';

const KEY = 'passerelle-selection';
const MOST = 50;

function kept() {
  try {
    const ids = JSON.parse(sessionStorage.getItem(KEY) || '[]');
    return Array.isArray(ids) ? ids.filter((id) => /^[A-Za-z0-9.-]{1,64}$/.test(id)) : [];
  } catch {
    return [];
  }
}

function keep(ids) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(ids.slice(-MOST)));
  } catch {
    // A browser that keeps nothing: the selection is of this page.
  }
}

for (const box of document.querySelectorAll('input[name="offre"]')) {
  box.checked = kept().includes(box.value);
  box.addEventListener('change', () => {
    const others = kept().filter((id) => id !== box.value);
    keep(box.checked ? [...others, box.value] : others);
    count();
  });
}

const selection = document.getElementById('selection');

function count() {
  const shown = document.getElementById('nombre-choisi');
  if (shown) {
    shown.textContent = kept().length ? `(${kept().length})` : '';
  }
}

if (selection) {
  selection.addEventListener('submit', () => {
    const here = new Set([...document.querySelectorAll('input[name="offre"]')].map((box) => box.value));
    for (const id of kept().filter((id) => !here.has(id))) {
      const field = document.createElement('input');
      field.type = 'hidden';
      field.name = 'offre';
      field.value = id;
      selection.append(field);
    }
  });
  count();
}

const locate = document.getElementById('me-localiser');
const form = document.getElementById('recherche');

if (locate && form && navigator.geolocation) {
  locate.hidden = false;
  locate.addEventListener('click', () => {
    const said = document.getElementById('localisation');
    said.textContent = said.dataset.encours;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // Rounded to about a kilometre before it leaves this machine.
        form.elements.position.value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
        form.elements.position.disabled = false;
        form.elements.pres.value = '';
        form.submit();
      },
      () => { said.textContent = said.dataset.echec; },
      { maximumAge: 600000, timeout: 10000 },
    );
  });
}

for (const button of document.querySelectorAll('button[data-imprimer]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
