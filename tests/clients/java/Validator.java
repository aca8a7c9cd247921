// The validator of HL7 on what a server returns: java -cp 'lib/*' Validator.java BASE
//
// R4 and its value sets are those of hapi-fhir-validation-resources-r4; profiles, extensions and the value
// sets that they are bound to are read from the server itself.

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.api.ServerValidationModeEnum;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationResult;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.ListResource;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.StructureDefinition;
import org.hl7.fhir.r4.model.ValueSet;

class Validator {
  public static void main(String[] args) throws Exception {
    FhirContext context = FhirContext.forR4();
    context.getRestfulClientFactory().setServerValidationMode(ServerValidationModeEnum.NEVER);
    context.getRestfulClientFactory().setSocketTimeout(60_000);
    IGenericClient client = context.newRestfulGenericClient(args[0]);
    PrePopulatedValidationSupport ours = new PrePopulatedValidationSupport(context);
    List<Resource> sample = new ArrayList<>();
    Set<String> bound = new HashSet<>();
    for (Resource one : read(client, "StructureDefinition")) {
      StructureDefinition profile = (StructureDefinition) one;
      ours.addStructureDefinition(profile);
      // To check a profile itself takes long: one of each kind.
      if (Set.of("directory-location", "directory-list", "sos-governance", "sos-audience").contains(profile.getIdElement().getIdPart())) sample.add(profile);
      profile.getSnapshot().getElement().forEach(element -> bound.add(element.getBinding().getValueSet()));
      // The national profile is not read here: ours, which follows it, stands for it.
      for (StructureDefinition.StructureDefinitionMappingComponent mapping : profile.getMapping()) {
        if (mapping.getIdentity().equals("ror") && profile.getUrl().contains("/directory-")) {
          ours.addStructureDefinition(profile.copy().setUrl(mapping.getUri()));
        }
      }
    }
    bound.remove(null);
    Set<String> systems = new HashSet<>();
    for (String url : bound) {
      if (url.startsWith("http://hl7.org/")) continue;
      for (Resource one : read(client, "ValueSet?url=" + url)) {
        ValueSet list = (ValueSet) one;
        ours.addValueSet(list);
        list.getCompose().getInclude().forEach(include -> systems.add(include.getSystem()));
        if (url.contains("passerelle")) sample.add(list);
      }
    }
    systems.remove(null);
    for (String url : systems) {
      for (Resource system : read(client, "CodeSystem?url=" + url)) ours.addCodeSystem(system);
    }
    sample.addAll(read(client, "SearchParameter"));
    sample.addAll(read(client, "OperationDefinition"));
    sample.addAll(read(client, "CapabilityStatement"));
    // A list that nothing else here has to do with.
    ListResource list = new ListResource();
    list.getMeta().addProfile("https://fhir.passerelle.example/sos/StructureDefinition/directory-list");
    list.setStatus(ListResource.ListStatus.CURRENT).setMode(ListResource.ListMode.WORKING).setTitle("Sans offre");
    list.getMeta().addSecurity().setCode("1")
        .setSystem("https://mos.esante.gouv.fr/NOS/TRE_R283-NiveauConfidentialite/FHIR/TRE-R283-NiveauConfidentialite");
    list.getEmptyReason().setText("À remplir");
    client.create().resource(list).execute();
    for (String type : new String[] {"HealthcareService", "Organization", "Location", "Practitioner", "PractitionerRole", "List"}) {
      sample.addAll(read(client, type + "?_count=8"));
    }
    sample.add(client.search().byUrl("HealthcareService?_count=5&_include=HealthcareService:organization")
        .returnBundle(Bundle.class).execute());
    sample.add(client.history().onServer().returnBundle(Bundle.class).count(10).execute());

    DefaultProfileValidationSupport core = new DefaultProfileValidationSupport(context);
    IValidationSupport chain = new ValidationSupportChain(core, ours,
        new InMemoryTerminologyServerValidationSupport(context), new CommonCodeSystemsTerminologyService(context));
    FhirInstanceValidator hl7 = new FhirInstanceValidator(chain);
    hl7.setAnyExtensionsAllowed(true);
    hl7.setErrorForUnknownProfiles(false);
    hl7.setNoExtensibleWarnings(true);
    FhirValidator validator = context.newValidator().registerValidatorModule(hl7);
    int faults = 0;
    TreeMap<String, Integer> told = new TreeMap<>();
    for (Resource resource : sample) {
      ValidationResult result = validator.validateWithResult(resource);
      for (SingleValidationMessage message : result.getMessages()) {
        boolean isError = message.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal();
        if (!isError || isOfItself(message.getMessage())) continue;
        faults++;
        told.merge(resource.fhirType() + "/" + resource.getIdPart() + " " + message.getLocationString() + ": "
            + message.getMessage(), 1, Integer::sum);
      }
    }
    told.forEach((text, count) -> System.err.println(count + " x " + text));
    if (faults > 0) System.exit(1);
    System.out.println("HL7 validator: " + sample.size() + " resources, no error");
  }

  /** What this validator cannot know here: the package of R4 that snapshots are made from, the guide of the ROR. */
  static boolean isOfItself(String message) {
    return message.contains("Unable to resolve package id hl7.fhir.r4.core")
        || message.contains("CodeSystem is unknown and can't be validated: https://interop.esante.gouv.fr/ig/fhir/ror/");
  }

  static List<Resource> read(IGenericClient client, String query) {
    List<Resource> found = new ArrayList<>();
    Bundle page = client.search().byUrl(query).returnBundle(Bundle.class).execute();
    page.getEntry().forEach(entry -> found.add(entry.getResource()));
    return found;
  }
}
