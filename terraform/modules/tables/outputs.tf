output "tables" {
  description = "Name and ARN of each table."
  value       = { for key, table in aws_dynamodb_table.this : key => { name = table.name, arn = table.arn } }
}
