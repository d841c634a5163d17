ALTER TABLE hydra_client ADD COLUMN subject_type varchar(15);
UPDATE hydra_client SET subject_type = 'public';
ALTER TABLE hydra_client ALTER COLUMN subject_type SET NOT NULL;
