"""Files of motions as they are: BVH, AMASS and other SMPL archives, HDF5; what they mean, in metres and z up."""
