print("gradient-gcn")
