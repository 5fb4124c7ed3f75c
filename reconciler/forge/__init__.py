"""Where pull requests are discussed: GitHub and GitLab, and one comment that is kept up to date.

It speaks to a host with a token of its own. Which host, which pull request and which token it is
stands in the environment that a CI system gives; a manifest says nothing about it.
"""
