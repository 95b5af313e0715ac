variable "prefix" {
  description = "Begins every name."
  type        = string
}

variable "network" {
  description = "Which of the two worlds this is."
  type        = string

  validation {
    condition     = contains(["nonprod", "prod"], var.network)
    error_message = "nonprod or prod."
  }
}

variable "cidr" {
  description = "IPv4 range of the VPC. The two worlds have different ones, so that one tailnet can reach both."
  type        = string
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

variable "edge" {
  description = "What the catalogue says about hosts and ports: `cargo velox sync`."
  type = object({
    environments     = list(string)
    hosts            = map(object({ label = string, service = string, staff_only = bool }))
    services         = set(string)
    http_port        = number
    health_port      = number
    postgres_port    = number
    idle_timeout_s   = number
    large_body_paths = list(string)
  })
}

variable "nat_gateway_per_zone" {
  description = "A NAT gateway in each zone, or one for all."
  type        = bool
}

variable "interface_endpoints" {
  description = "AWS services that are reached without the NAT gateway; see modules/network for the price."
  type        = set(string)
  default     = []
}

variable "deletion_protection" {
  description = "Whether what cannot be made again is protected from being deleted."
  type        = bool
}
