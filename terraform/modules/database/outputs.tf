output "address" {
  description = "Host name."
  value       = aws_db_instance.this.address
}

output "identifier" {
  description = "Name of the instance."
  value       = aws_db_instance.this.identifier
}

output "master_secret_arn" {
  description = "Secret of Secrets Manager with the master user's password."
  value       = aws_db_instance.this.master_user_secret[*].secret_arn
}

output "security_group_id" {
  description = "Security group of the instance."
  value       = aws_security_group.this.id
}
