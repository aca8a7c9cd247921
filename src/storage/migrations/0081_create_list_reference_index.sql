-- What a list refers to is found by the list: all lists together refer to much, each of them to little.
create index search_reference_of_lists on search_reference (resource_type, resource_id, parameter, target_type, target_id)
 where resource_type = 'List';
