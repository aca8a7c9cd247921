// fhir-kit-client (npm) against a server: node fhir_kit_client.cjs BASE
const assert = require('node:assert/strict');
const { readFileSync } = require('node:fs');
const Client = require('fhir-kit-client');

const confidentiality =
  'https://mos.esante.gouv.fr/NOS/TRE_R283-NiveauConfidentialite/FHIR/TRE-R283-NiveauConfidentialite';
const number = '1901000001';
const sample = () =>
  JSON.parse(readFileSync(`${__dirname}/offer.json`, 'utf8').replaceAll('NUMBER', number));

async function refused(status, call) {
  try {
    await call();
  } catch (error) {
    assert.equal(error.response.status, status);
    assert.equal(error.response.data.resourceType, 'OperationOutcome');
    return error.response.data;
  }
  throw new Error(`${status} was expected`);
}

async function main() {
  const client = new Client({ baseUrl: process.argv[2] });
  const statement = await client.capabilityStatement();
  assert.equal(statement.fhirVersion, '4.0.1');

  const [offer, place, structure] = sample().entry.map((entry) => entry.resource);
  const written = await client.create({ resourceType: 'Organization', body: structure });
  assert.equal(written.meta.versionId, '1');
  const again = await client.create({
    resourceType: 'Organization',
    body: structure,
    options: { headers: { 'If-None-Exist': `identifier=${number}` } },
  });
  assert.equal(again.id, written.id);
  const at = await client.create({ resourceType: 'Location', body: place });
  offer.providedBy.reference = `Organization/${written.id}`;
  offer.location[0].reference = `Location/${at.id}`;
  const made = await client.create({ resourceType: 'HealthcareService', body: offer });
  const id = made.id;

  const read = await client.read({ resourceType: 'HealthcareService', id });
  assert.equal(read.name, offer.name);
  const found = await client.search({
    resourceType: 'HealthcareService',
    searchParams: { identifier: `${number}/1`, _include: 'HealthcareService:organization' },
  });
  assert.equal(found.total, 1);
  assert.deepEqual(found.entry.map((entry) => entry.search.mode).sort(), ['include', 'match']);
  const posted = await client.search({
    resourceType: 'HealthcareService',
    searchParams: { identifier: `${number}/1` },
    options: { postSearch: true },
  });
  assert.equal(posted.total, 1);

  read.name = 'Autre nom';
  const updated = await client.update({
    resourceType: 'HealthcareService',
    id,
    body: read,
    options: { headers: { 'If-Match': 'W/"1"' } },
  });
  assert.equal(updated.meta.versionId, '2');
  await refused(412, () =>
    client.update({
      resourceType: 'HealthcareService',
      id,
      body: read,
      options: { headers: { 'If-Match': 'W/"1"' } },
    }),
  );
  const patched = await client.patch({
    resourceType: 'HealthcareService',
    id,
    JSONPatch: [{ op: 'replace', path: '/name', value: 'Par patch' }],
  });
  assert.equal(patched.name, 'Par patch');
  const first = await client.vread({ resourceType: 'HealthcareService', id, version: '1' });
  assert.equal(first.name, offer.name);
  const history = await client.history({ resourceType: 'HealthcareService', id });
  assert.equal(history.total, 3);

  let page = await client.search({
    resourceType: 'HealthcareService',
    searchParams: { _count: 7, _sort: 'name' },
  });
  const ids = new Set();
  while (page) {
    page.entry.forEach((entry) => ids.add(entry.resource.id));
    page = await client.nextPage({ bundle: page });
  }
  const counted = await client.search({
    resourceType: 'HealthcareService',
    searchParams: { _summary: 'count' },
  });
  assert.equal(ids.size, counted.total);

  const list = await client.create({
    resourceType: 'List',
    body: {
      resourceType: 'List',
      meta: { security: [{ system: confidentiality, code: '1' }] },
      status: 'current',
      mode: 'working',
      title: 'Recommandées',
      entry: [{ item: { reference: `HealthcareService/${id}` } }],
    },
  });
  const members = await client.search({
    resourceType: 'HealthcareService',
    searchParams: { _list: list.id, _revinclude: 'List:item' },
  });
  assert.deepEqual(members.entry.map((entry) => entry.resource.id), [id, list.id]);
  await client.delete({ resourceType: 'List', id: list.id });

  const everything = await client.operation({
    name: 'everything',
    resourceType: 'Organization',
    id: written.id,
    method: 'GET',
  });
  assert.deepEqual(everything.entry.map((entry) => entry.resource.resourceType).sort(), [
    'HealthcareService',
    'Location',
    'Organization',
  ]);
  const checked = await client.operation({
    name: 'validate',
    resourceType: 'HealthcareService',
    input: { resourceType: 'HealthcareService' },
  });
  assert.equal(checked.resourceType, 'OperationOutcome');
  const misspelt = await refused(400, () =>
    client.search({ resourceType: 'HealthcareService', searchParams: { nmae: 'x' } }),
  );
  assert.equal(misspelt.issue[0].severity, 'error');

  await client.delete({ resourceType: 'HealthcareService', id });
  await refused(410, () => client.read({ resourceType: 'HealthcareService', id }));
  await client.delete({ resourceType: 'Location', id: at.id });
  await client.delete({ resourceType: 'Organization', id: written.id });
  const transaction = await client.transaction({ body: sample() });
  assert.equal(transaction.type, 'transaction-response');
  assert.equal(transaction.entry.length, 3);
}

main().then(
  () => console.log('fhir-kit-client: done'),
  (error) => {
    console.error(error.response ? JSON.stringify(error.response.data) : '', error);
    process.exit(1);
  },
);
