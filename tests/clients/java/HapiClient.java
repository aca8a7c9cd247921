// HAPI's generic client against a server: java -cp 'lib/*' HapiClient.java BASE OFFER.json

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.PerformanceOptionsEnum;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.MethodOutcome;
import ca.uhn.fhir.rest.api.SearchStyleEnum;
import ca.uhn.fhir.rest.api.SummaryEnum;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.api.ServerValidationModeEnum;
import ca.uhn.fhir.rest.gclient.StringClientParam;
import ca.uhn.fhir.rest.gclient.TokenClientParam;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.PreconditionFailedException;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.CapabilityStatement;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.HealthcareService;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.ListResource;
import org.hl7.fhir.r4.model.Location;
import org.hl7.fhir.r4.model.Organization;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.StringType;

class HapiClient {
  static final String NUMBER = "1903000001";
  static final String CONFIDENTIALITY =
      "https://mos.esante.gouv.fr/NOS/TRE_R283-NiveauConfidentialite/FHIR/TRE-R283-NiveauConfidentialite";

  static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  static void refused(Class<? extends Exception> wanted, Runnable call) {
    try {
      call.run();
    } catch (Exception error) {
      check(wanted.isInstance(error), wanted + " was expected, not " + error);
      return;
    }
    throw new AssertionError(wanted + " was expected");
  }

  public static void main(String[] args) throws Exception {
    FhirContext context = FhirContext.forR4();
    context.setPerformanceOptions(PerformanceOptionsEnum.DEFERRED_MODEL_SCANNING);
    // The first call reads /metadata and refuses a server that is not R4.
    context.getRestfulClientFactory().setServerValidationMode(ServerValidationModeEnum.ONCE);
    String sample = Files.readString(Path.of(args[1])).replace("NUMBER", NUMBER);
    for (EncodingEnum encoding : new EncodingEnum[] {EncodingEnum.JSON, EncodingEnum.XML}) {
      IGenericClient client = context.newRestfulGenericClient(args[0]);
      client.setEncoding(encoding);
      run(client, context.newJsonParser().parseResource(Bundle.class, sample));
    }
    System.out.println("HAPI: done");
  }

  static void run(IGenericClient client, Bundle sample) {
    CapabilityStatement statement = client.capabilities().ofType(CapabilityStatement.class).execute();
    check(statement.getFhirVersion().toCode().equals("4.0.1"), "version");
    HealthcareService offer = (HealthcareService) sample.getEntry().get(0).getResource().copy();
    Location place = (Location) sample.getEntry().get(1).getResource().copy();
    Organization structure = (Organization) sample.getEntry().get(2).getResource().copy();

    MethodOutcome written = client.create().resource(structure).execute();
    check(written.getCreated(), "created");
    IdType structureId = (IdType) written.getId().toUnqualifiedVersionless();
    MethodOutcome again = client.create().resource(structure).conditional()
        .where(Organization.IDENTIFIER.exactly().identifier(NUMBER)).execute();
    check(again.getId().toUnqualifiedVersionless().equals(structureId), "conditional creation");
    IdType placeId = (IdType) client.create().resource(place).execute().getId().toUnqualifiedVersionless();
    offer.getProvidedBy().setReference(structureId.getValue());
    offer.getLocationFirstRep().setReference(placeId.getValue());
    IdType id = (IdType) client.create().resource(offer).execute().getId().toUnqualifiedVersionless();

    HealthcareService read = client.read().resource(HealthcareService.class).withId(id).execute();
    check(read.getMeta().getVersionId().equals("1"), "version 1");
    Bundle found = client.search().forResource(HealthcareService.class)
        .where(new TokenClientParam("identifier").exactly().identifier(NUMBER + "/1"))
        .include(HealthcareService.INCLUDE_ORGANIZATION).returnBundle(Bundle.class).execute();
    check(found.getTotal() == 1 && found.getEntry().size() == 2, "search with _include");
    Bundle posted = client.search().forResource(HealthcareService.class)
        .where(new StringClientParam("name").matches().value("consultation")).usingStyle(SearchStyleEnum.POST)
        .returnBundle(Bundle.class).execute();
    check(posted.getEntry().size() >= 1, "search by form");

    read.setName("Autre nom");
    MethodOutcome updated = client.update().resource(read).withId(id).execute();
    check(updated.getId().getVersionIdPart().equals("2"), "version 2");
    read.setId(id.withVersion("1"));
    refused(PreconditionFailedException.class,
        () -> client.update().resource(read).withAdditionalHeader("If-Match", "W/\"1\"").execute());
    Parameters patch = new Parameters();
    Parameters.ParametersParameterComponent operation = patch.addParameter().setName("operation");
    operation.addPart().setName("type").setValue(new CodeType("replace"));
    operation.addPart().setName("path").setValue(new StringType("HealthcareService.name"));
    operation.addPart().setName("value").setValue(new StringType("Par patch"));
    client.patch().withFhirPatch(patch).withId(id).execute();
    client.patch().withBody("[{\"op\": \"add\", \"path\": \"/comment\", \"value\": \"Un mot\"}]").withId(id).execute();
    HealthcareService now = client.read().resource(HealthcareService.class).withId(id).execute();
    check(now.getName().equals("Par patch") && now.getComment().equals("Un mot"), "patches");
    HealthcareService first = client.read().resource(HealthcareService.class)
        .withIdAndVersion(id.getIdPart(), "1").execute();
    check(first.getName().equals("Consultation douleur"), "vread");
    Bundle history = client.history().onInstance(id).returnBundle(Bundle.class).execute();
    check(history.getTotal() == 4, "history");

    Set<String> ids = new HashSet<>();
    Bundle page = client.search().forResource(HealthcareService.class).count(7)
        .sort().ascending("name").returnBundle(Bundle.class).execute();
    int total = page.getTotal();
    while (true) {
      page.getEntry().forEach(entry -> ids.add(entry.getResource().getIdElement().getIdPart()));
      if (page.getLink(Bundle.LINK_NEXT) == null) break;
      page = client.loadPage().next(page).execute();
    }
    Bundle counted = client.search().forResource(HealthcareService.class)
        .summaryMode(SummaryEnum.COUNT).returnBundle(Bundle.class).execute();
    check(ids.size() == counted.getTotal() && ids.size() == total, "every page");

    ListResource list = new ListResource();
    list.setStatus(ListResource.ListStatus.CURRENT).setMode(ListResource.ListMode.WORKING).setTitle("Recommandées");
    list.getMeta().addSecurity().setSystem(CONFIDENTIALITY).setCode("1");
    list.addEntry().getItem().setReference(id.getValue());
    IdType listId = (IdType) client.create().resource(list).execute().getId().toUnqualifiedVersionless();
    Bundle members = client.search().byUrl("HealthcareService?_list=" + listId.getIdPart())
        .revInclude(ListResource.INCLUDE_ITEM).returnBundle(Bundle.class).execute();
    check(members.getTotal() == 1 && members.getEntry().size() == 2, "_list");
    client.delete().resourceById(listId).execute();

    MethodOutcome checked = client.validate().resource(now).execute();
    check(checked.getOperationOutcome() != null, "$validate");
    Bundle everything = client.operation().onInstance(structureId).named("everything")
        .withNoParameters(Parameters.class).useHttpGet().returnResourceType(Bundle.class).execute();
    check(everything.getEntry().size() == 3, "$everything");
    refused(InvalidRequestException.class, () -> client.search().byUrl("HealthcareService?nmae=x")
        .returnBundle(Bundle.class).execute());

    client.delete().resourceById(id).execute();
    refused(ResourceGoneException.class, () -> client.read().resource(HealthcareService.class).withId(id).execute());
    client.delete().resourceById(placeId).execute();
    client.delete().resourceById(structureId).execute();
    Bundle answer = client.transaction().withBundle(sample).execute();
    check(answer.getEntry().size() == 3, "transaction");
    check(answer.getEntry().get(0).getResponse().getStatus().startsWith("201"), "transaction created");
    for (Bundle.BundleEntryComponent entry : answer.getEntry()) {
      client.delete().resourceById((IdType) new IdType(entry.getResponse().getLocation()).toUnqualifiedVersionless()).execute();
    }
  }
}
