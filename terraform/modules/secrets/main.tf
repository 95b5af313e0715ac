locals {
  parameters = merge([
    for owner, keys in var.secrets : { for key in keys : "${owner}/${key}" => { owner = owner, key = key } }
  ]...)
}

# Places for secrets, which people fill (`cargo velox secret set`). The value is written once and never read: with
# `value` and `ignore_changes` the real one would come into the state with the next refresh
# (hashicorp/terraform-provider-aws: "Use of write-only arguments").
resource "aws_ssm_parameter" "this" {
  for_each = local.parameters

  name             = "${var.path}/${each.key}"
  description      = "${each.value.key} of ${each.value.owner}"
  type             = "SecureString"
  key_id           = var.kms_key_arn
  value_wo         = "placeholder"
  value_wo_version = 1
}
