-- Messages that could not be processed.
CREATE OR REPLACE VIEW dead_letters DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT topic, partition, offset, code, reason, key, value, headers, received_at
FROM dead_letter_rows FINAL;
