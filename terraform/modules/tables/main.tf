resource "aws_dynamodb_table" "this" {
  # checkov:skip=CKV_AWS_28: counters of attempts live for minutes, and a restore of them would lock people out; all other tables have it
  for_each = var.tables

  name                        = "${var.name}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = each.value.key
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = toset(compact([each.value.key, try(each.value.index.attribute, null)]))

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.index[*]

    content {
      name            = global_secondary_index.value.name
      hash_key        = global_secondary_index.value.attribute
      projection_type = "ALL"
    }
  }

  ttl {
    enabled        = true
    attribute_name = each.value.removed_at
  }

  point_in_time_recovery {
    enabled = each.value.backed_up
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
