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
    condition     = var.environment.name == "prod"
    error_message = "This root is prod's."
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

variable "network" {
  description = "Which of the two worlds this is."
  type        = string

  validation {
    condition     = var.network == "prod"
    error_message = "This root is prod's."
  }
}

variable "edge" {
  description = "What the catalogue says about hosts and ports; modules/foundation declares its type."
  type        = any
}

variable "nat_gateway_per_zone" {
  description = "A NAT gateway in each zone, so that the failure of one zone takes no other off the internet. Some 38 USD a month more."
  type        = bool
  default     = false
}

variable "protected" {
  description = "Whether database, tables, files and load balancer are protected from being deleted. Turned off only to take prod down on purpose."
  type        = bool
  default     = true
}
