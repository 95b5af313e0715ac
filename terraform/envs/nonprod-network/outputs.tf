output "repositories" {
  description = "Where images are pushed."
  value       = module.foundation.foundation.repositories
}
