output "arns" {
  description = "ARN of each parameter, by owner and variable."
  value = {
    for owner, keys in var.secrets : owner => { for key in keys : key => aws_ssm_parameter.this["${owner}/${key}"].arn }
  }
}
