variable "region" {
  description = "AWS region."
  type        = string
}

variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "network" {
  description = "Which of the two worlds this is."
  type        = string

  validation {
    condition     = var.network == "nonprod"
    error_message = "This root is nonprod's."
  }
}

variable "account" {
  description = "What people decided about the account; modules/foundation says what is in it."
  type = object({
    account_id         = string
    domain             = string
    office_addresses   = set(string)
    alarm_email        = string
    monthly_budget_usd = number
  })
}

variable "edge" {
  description = "What the catalogue says about hosts and ports; modules/foundation declares its type."
  type        = any
}
