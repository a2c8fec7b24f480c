-- Files come one by one, so inserts are small. ClickHouse would leave small parts out of a merge but
-- for one or two, and so merge the large part of a table anew for nearly every insert: five times
-- the rows. And it would gather statistics of every column with every insert, a quarter of its time.
-- Our queries go by keys, and do without them.
ALTER TABLE file_records MODIFY SETTING
    merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0,
    auto_statistics_types = '';

ALTER TABLE sensor_result_rows MODIFY SETTING
    merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0,
    auto_statistics_types = '';

ALTER TABLE invalid_row_rows MODIFY SETTING
    merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0,
    auto_statistics_types = '';

ALTER TABLE file_progress MODIFY SETTING
    merge_selector_enable_heuristic_to_remove_small_parts_at_right = 0,
    auto_statistics_types = '';

ALTER TABLE reading_rows MODIFY SETTING auto_statistics_types = '';
