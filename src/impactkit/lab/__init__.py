"""JupyterLab ready to work: a study's folder, its reports as templates of the launcher, in one's language."""
