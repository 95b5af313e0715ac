output "repositories" {
  description = "URL and ARN of each service's repository."
  value = {
    for service, repository in aws_ecr_repository.this :
    service => { url = repository.repository_url, arn = repository.arn }
  }
}
