-- Messages that could not be processed. `announced_at` is the last time that a letter was announced
-- again.
CREATE OR REPLACE VIEW dead_letters DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    d.letter_id AS letter_id, topic, partition, offset, code, reason, key, value, headers, received_at,
    if(a.letter_id = '', NULL, a.announced_at) AS announced_at
FROM (
    SELECT
        concat(
            topic, '.', toString(partition), '.', toString(offset), '.',
            lower(hex(sipHash64(value)))
        ) AS letter_id,
        *
    FROM dead_letter_rows FINAL
) AS d
LEFT JOIN (
    SELECT letter_id, max(announced_at) AS announced_at
    FROM dead_letter_announcements
    GROUP BY letter_id
) AS a ON d.letter_id = a.letter_id;
