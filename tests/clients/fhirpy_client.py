"""fhirpy (PyPI) against a server: python fhirpy_client.py BASE"""

import json
import pathlib
import sys

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

NUMBER = "1902000001"
CONFIDENTIALITY = "https://mos.esante.gouv.fr/NOS/TRE_R283-NiveauConfidentialite/FHIR/TRE-R283-NiveauConfidentialite"


def sample():
    text = (pathlib.Path(__file__).parent / "offer.json").read_text(encoding="utf-8")
    return json.loads(text.replace("NUMBER", NUMBER))


def refused(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error} was expected")


client = SyncFHIRClient(sys.argv[1])
# count() sends _totalMethod, which is no parameter of FHIR.
lenient = SyncFHIRClient(sys.argv[1], extra_headers={"Prefer": "handling=lenient"})
offer, place, structure = (entry["resource"] for entry in sample()["entry"])

written = client.resource("Organization", **structure)
written.save()
assert written["meta"]["versionId"] == "1"
again, is_new = client.resources("Organization").search(identifier=NUMBER).get_or_create(
    client.resource("Organization", **structure)
)
assert (again.id, bool(is_new)) == (written.id, False)
at = client.resource("Location", **place)
at.save()
offer["providedBy"] = written.to_reference()
offer["location"] = [at.to_reference()]
made = client.resource("HealthcareService", **offer)
made.save()

read = client.reference("HealthcareService", made.id).to_resource()
assert read["name"] == offer["name"]
found = client.resources("HealthcareService").search(identifier=f"{NUMBER}/1").include(
    "HealthcareService", "organization"
)
assert {entry.resource.resource_type for entry in found.fetch_raw().entry} == {
    "HealthcareService",
    "Organization",
}
assert lenient.resources("HealthcareService").search(identifier=f"{NUMBER}/1").count() == 1
assert client.resources("HealthcareService").search(_id=made.id).get().id == made.id
chained = client.resources("HealthcareService").search(organization__identifier=NUMBER)
assert [one.id for one in chained.fetch()] == [made.id]

read["name"] = "Autre nom"
read.save()
assert read["meta"]["versionId"] == "2"
read["comment"] = "Un mot"
read.save(fields=["comment"])
read.refresh()
assert (read["comment"], read["meta"]["versionId"]) == ("Un mot", "3")
updated, is_new = client.resources("HealthcareService").search(identifier=f"{NUMBER}/1").update(
    client.resource("HealthcareService", **{**offer, "name": "Par condition"})
)
assert (updated.id, bool(is_new)) == (made.id, False)
read.refresh()
assert (read["name"], read["meta"]["versionId"]) == ("Par condition", "4")

listed = client.resource(
    "List",
    meta={"security": [{"system": CONFIDENTIALITY, "code": "1"}]},
    status="current",
    mode="working",
    title="Recommandées",
    entry=[{"item": made.to_reference()}],
)
listed.save()
assert [one.id for one in client.resources("HealthcareService").search(_list=listed.id).fetch()] == [made.id]
holders = client.resources("List").search(item__HealthcareService__name="Par condition").fetch()
assert [one.id for one in holders] == [listed.id]
listed.delete()

every = client.resources("HealthcareService").sort("name").limit(7).fetch_all()
assert len({one.id for one in every}) == len(every) == lenient.resources("HealthcareService").count()
assert client.resources("HealthcareService").search(name__contains="condition").first().id == made.id

# The number of the first is taken.
assert not client.resource("HealthcareService", **offer).is_valid()
assert client.resource("HealthcareService", **{**offer, "identifier": [{"value": f"{NUMBER}/2"}]}).is_valid()
assert not client.resource("HealthcareService", name="x").is_valid()
changes = client.execute(
    "HealthcareService/$changes", method="get", params={"_since": "2020-01-01T00:00:00Z", "_count": "200"}
)
assert made.id in {entry["request"]["url"].split("/")[1] for entry in changes["entry"]}
refused(OperationOutcome, lambda: client.resources("HealthcareService").search(nmae="x").fetch())

made.delete()
refused((ResourceNotFound, OperationOutcome), lambda: client.reference("HealthcareService", made.id).to_resource())
at.delete()
written.delete()
client.resource("Bundle", **sample()).save()
assert len(client.resources("HealthcareService").search(identifier=f"{NUMBER}/1").fetch()) == 1
print("fhirpy: done")
