variable "region" {
  description = "AWS region."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "environment" {
  description = "Which environment this is; modules/environment says what is in it."
  type        = object({ name = string, network = string, position = number })

  validation {
    condition     = var.environment.name == "staging"
    error_message = "This root is staging's."
  }
}

variable "account" {
  description = "What people decided about the account: terraform/settings.json."
  type = object({
    account_id         = string
    domain             = string
    office_addresses   = set(string)
    alarm_email        = string
    monthly_budget_usd = number
  })
}

variable "catalog" {
  description = "What the catalogue says; modules/environment declares its type."
  type        = any
}

variable "images" {
  description = "Image of each service, by digest: the pipeline says. A service without one has no tasks."
  type        = map(string)
  default     = {}
}

variable "release" {
  description = "Git SHA of what runs, 40 hexadecimal digits: the pipeline says."
  type        = string
  default     = ""
}
