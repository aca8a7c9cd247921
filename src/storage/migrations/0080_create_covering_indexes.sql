-- What refers to a resource is found by its address; the list of a type is read without its JSON.
create index search_reference_by_target on search_reference (target_type, target_id);
create index resource_by_visibility on resource (resource_type, id, is_public, sort_name);
