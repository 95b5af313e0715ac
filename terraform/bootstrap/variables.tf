variable "region" {
  description = "AWS region."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "repository" {
  description = "The repository on GitHub whose workflows may deploy, as owner/name."
  type        = string

  validation {
    condition     = can(regex("^[^/*]+/[^/*]+$", var.repository))
    error_message = "owner/name, without wildcards."
  }
}

variable "accounts" {
  description = "The two accounts: id, DNS zone, bucket of the states, and the environments whose workflows may deploy there."
  type = map(object({
    account_id          = string
    domain              = string
    state_bucket        = string
    github_environments = set(string)
  }))
}

variable "network" {
  description = "Which of the two accounts to prepare: nonprod or prod."
  type        = string

  validation {
    condition     = contains(["nonprod", "prod"], var.network)
    error_message = "nonprod or prod."
  }
}
