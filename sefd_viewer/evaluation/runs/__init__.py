"""Methods run over whole data sets: what is measured lies in a store on disk and can be gone on with."""
