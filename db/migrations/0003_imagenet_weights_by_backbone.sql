-- The built-in weights were those of ResNet18 alone.
UPDATE "weights" SET "name" = 'resnet18/imagenet1k_v1' WHERE "owner_id" IS NULL AND "name" = 'imagenet1k_v1';
