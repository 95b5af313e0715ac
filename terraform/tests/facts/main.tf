# What the roots' files say, for asserts.
locals {
  roots = toset(["dev", "nonprod-network", "prod", "staging"])
  envs  = "${path.module}/../../envs"
}

variable "nonprod" {
  description = "What nonprod's network is told."
  type        = any
}

variable "prod" {
  description = "What prod is told."
  type        = any
}

variable "sources" {
  description = "All files of Terraform, by path."
  type        = map(string)
}

output "nonprod" {
  description = "What nonprod's network is told."
  value       = var.nonprod
}

output "prod" {
  description = "What prod is told."
  value       = var.prod
}

output "sources" {
  description = "All files of Terraform, by path."
  value       = var.sources
}

output "backends" {
  description = "Where each root's state is."
  value       = { for root in local.roots : root => jsondecode(file("${local.envs}/${root}/backend.tf.json")).terraform.backend.s3 }
}

output "accounts" {
  description = "In which account each root works."
  value       = { for root in local.roots : root => jsondecode(file("${local.envs}/${root}/catalog.auto.tfvars.json")).account.account_id }
}
