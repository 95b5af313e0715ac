variable "name" {
  description = "Name of the web ACL."
  type        = string
}

variable "alb_arn" {
  description = "The load balancer that it stands before."
  type        = string
}

variable "office_addresses" {
  description = "Networks of the office and the VPN, in CIDR notation: who may reach the hosts of staff."
  type        = set(string)

  validation {
    condition     = alltrue([for address in var.office_addresses : can(cidrhost(address, 0)) && tonumber(split("/", address)[1]) >= 16])
    error_message = "Each address is an IPv4 network in CIDR notation, /16 or smaller."
  }
}

variable "public_hosts" {
  description = "Full names of the hosts that everybody may reach, by their kind (\"app\", \"api\"). Every other host is for the office alone."
  type        = map(set(string))

  validation {
    condition     = length(setsubtract(keys(var.public_hosts), ["app", "api"])) == 0
    error_message = "Public hosts are app and api; what is for staff is reached by no rule."
  }
}

variable "large_body_paths" {
  description = "Paths of app with bodies of more than 8 KiB: uploads."
  type        = list(string)
}

variable "api_requests" {
  description = "Requests to api that one address may make in five minutes."
  type        = number
  default     = 3000
}

variable "kms_key_arn" {
  description = "Key of the log."
  type        = string
}
