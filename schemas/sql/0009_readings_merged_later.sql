-- A file of ten million rows comes in some 40 parts. They are merged when more have gathered, so
-- that this does not take processor time from the inserts of the same file.
ALTER TABLE reading_rows MODIFY SETTING min_parts_to_merge_at_once = 64;
