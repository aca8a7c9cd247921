-- Positions are kept in billionths of a degree, so that a distance is exact to the millimetre; the
-- search rows are made anew at the next start anyway, for the texts and types of tokens.
update search_position set latitude = latitude * 1000, longitude = longitude * 1000;
